@app.task(echo=True)
def show(self):
    print(self.ctx.task_uuid)
