@app.task
def process(data: int, db=Depends(get_db, scope="worker")):
    return db.save(data)
