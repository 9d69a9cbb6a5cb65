from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as ex:
    print(list(ex.map(lambda v: v * v, range(5))), ex.submit(pow, 2, 10).result())
