@app.task(generate_handler=gen_handler)
def mytask():
    value = yield "step1"
    return value
