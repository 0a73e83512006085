@app.task
async def handler(x: int):
    return x * 2
