from qtasks import shared_task

@shared_task()
def shared_func():
    print("Shared task")
