@app.task(generate_handler=handler)
def mytask():
    step = yield "INIT"
    return step
