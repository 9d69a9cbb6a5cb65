# What pickle says of data that is none.
import pickle

for data in (b"", b"x", b"\x00", b"\xff", b"\x80\x09.", b"cnope\nx\n."):
    try:
        print(pickle.loads(data))
    except Exception as e:
        print(data, type(e).__name__, e)
