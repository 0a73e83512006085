app.include_router(router)
