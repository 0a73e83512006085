@app.task(echo=True)
async def echo_task(self):
    print(self.task_name)
