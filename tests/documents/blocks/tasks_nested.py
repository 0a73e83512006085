@app.task(echo=True)
async def main(self):
    self.add_task("subtask", 123)
