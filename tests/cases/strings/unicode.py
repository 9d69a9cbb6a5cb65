# Code points, encodings, errors handlers, comparison, case.
def err(f, *a, **k):
    try:
        print(ascii(f(*a, **k)))
    except Exception as e:
        print(type(e).__name__ + ':', ascii(str(e)))
print('é' == 'e\u0301', 'a' < 'b' < 'é' < '€' < '😀', '\uffff' < '\U00010000', '\ud800' < '\ue000', sorted(['😀', '\uffff', 'z', 'é']) == ['z', 'é', '\uffff', '😀'])
for enc in ('utf-8', 'utf-16', 'utf-16-le', 'utf-16-be', 'utf-32', 'utf-32-le', 'latin-1', 'ascii', 'utf-7', 'utf-8-sig', 'cp1252', 'idna', 'punycode', 'unicode_escape', 'raw_unicode_escape'):
    try:
        e = 'aé'.encode(enc)
        print(enc, e, e.decode(enc) == 'aé')
    except UnicodeError as x:
        print(enc, type(x).__name__, x)
for h in ('strict', 'ignore', 'replace', 'backslashreplace', 'xmlcharrefreplace', 'namereplace', 'surrogateescape', 'surrogatepass', 'nope'):
    err('a€\udc80😀b'.encode, 'ascii', h)
    err(b'a\xff\xfe\xe2\x82b'.decode, 'utf-8', h)
err('\ud800'.encode); err('€'.encode, 'latin-1'); err('a'.encode, 'nope'); err(b'\x81'.decode, 'cp1252'); err(b'a'.decode, 'utf-16'); err(b'\xed\xa0\x80'.decode); err(b'\xc0\x80'.decode); err(b'\xf4\x90\x80\x80'.decode); err(b'\xe2\x82'.decode); err(b'\xf0\x9f\x98'.decode, 'utf-8', 'replace'); err(b'abc'.decode, 'hex'); err('x'.encode, 'utf-8', 5)
try:
    'ab€€'.encode('ascii')
except UnicodeEncodeError as e:
    print(e.encoding, e.start, e.end, e.reason, e.object == 'ab€€', e.args[0])
try:
    b'ab\xff'.decode('utf-8')
except UnicodeDecodeError as e:
    print(e.encoding, e.start, e.end, e.reason, e.object, e)
import unicodedata
print(unicodedata.name('é'), unicodedata.normalize('NFD', 'é') == 'e\u0301', unicodedata.category('A'), unicodedata.lookup('SNOWMAN'), unicodedata.decimal('٣'), unicodedata.unidata_version)
print('\N{SNOWMAN}', '\u2603', 'ﬁ'.upper(), 'ΑΣ'.lower(), 'Σ'.lower(), 'ẞ'.casefold(), 'straße'.casefold() == 'STRASSE'.casefold())
π = 3; ﬁ = 'ligature'
print(π, fi, 'ªº'.isidentifier(), ascii('\x00\x1f\x7f\x9f\xa0\xad\u200b\ue000'))
print(repr('\u200b\u3000\xa0é\U000e0001\u0378'), repr('\\\'"\t\r\n'), repr("'"), repr('"'), repr('\'"'))
