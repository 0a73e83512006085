@shared_task(awaiting=True)
async def async_shared():
    print("async shared task")
