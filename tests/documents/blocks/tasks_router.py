from qtasks import AsyncRouter

router = AsyncRouter()

@router.task()
async def example():
    print("Router task")
