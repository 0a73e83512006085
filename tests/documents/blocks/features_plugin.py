app.add_plugin(MyPlugin(), trigger_names=["task_executor_args_replace"], component="worker")
