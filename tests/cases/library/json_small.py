import json
print(json.dumps({'a': [1, 2.5, None, True], 'b': 'é'}), json.loads('{"x": [1, {"y": null}]}'))
print(json.dumps([1, 2], indent=1))
