import unittest
class T(unittest.TestCase):
    def test_a(self): self.assertEqual(1 + 1, 2)
    def test_b(self):
        with self.assertRaises(ZeroDivisionError): 1 / 0
    def test_c(self): self.fail('wanted')
import io
r = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))
print(r.testsRun, len(r.failures), len(r.errors), r.wasSuccessful())
