for f in (lambda: [0] * 2**62, lambda: 'x' * 2**62, lambda: int('1' * 5000), lambda: str(10**5000)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
