@app.task(executor=MyTaskExecutor)
