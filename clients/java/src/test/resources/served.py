"""The tasks that the tests of the Java client call."""

from qtasks import Ask, QueueTasks, ctx

app = QueueTasks()


@app.task
def echo(value):
    return value


@app.task
def count(n):
    yield from range(n)
    return n


@app.task
def add(a, b):
    return a + b


@app.task
def fail(message):
    ctx.log("about to fail")
    raise ValueError(message)


@app.task
def ask_twice():
    first = yield Ask("first?")
    yield first
    second = yield Ask("second?")
    return [first, second]
