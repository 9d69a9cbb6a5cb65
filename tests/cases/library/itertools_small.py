from itertools import chain, count, islice, product, combinations, groupby, accumulate, zip_longest
print(list(chain([1], 'a')), list(islice(count(5), 3)), list(product('ab', [1, 2])), list(combinations('abc', 2)))
print([(k, list(g)) for k, g in groupby('aab')], list(accumulate([1, 2, 3])), list(zip_longest('ab', [1])))
