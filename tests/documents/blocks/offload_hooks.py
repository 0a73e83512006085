# hooks.py
def print_result(task):
    print(task.result)
