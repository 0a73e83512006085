@app.task(retry=5, retry_on_exc=[ZeroDivisionError])
def risky():
    return 1 / 0
