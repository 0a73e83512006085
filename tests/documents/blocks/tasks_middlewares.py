@app.task(
    middlewares_before=[MyBefore],
    middlewares_after=[MyAfter])

def example():
    pass
