import unittest

import support  # noqa: F401  (makes the doubles importable)
from double import rules
from double.rules import Broken


class Rules(unittest.TestCase):
    def broken(self, rule, value):
        with self.assertRaises(Broken) as caught:
            rule(value, "here")
        return str(caught.exception)

    def test_every_rule_takes_and_refuses(self):
        shape = rules.table({"a": rules.text()}, {"b": rules.integer()})
        cases = {
            "text": (rules.text(), ["x"], ["", 1, None, True]),
            "empty text": (rules.text(empty=True), [""], [0]),
            "short text": (rules.text(at_most=2), ["ωω"], ["ωωω"]),
            "like": (rules.text(like="a+"), ["aa"], ["aab", "baa", "aa\n"]),
            "one of": (rules.text(one_of=("x", "y")), ["x"], ["z"]),
            "url": (rules.url, ["http://a", "https://a:1/b?c=d", "http://a?c"],
                    ["ftp://a", "a", "http:///b", "http://a b"]),
            "number": (rules.number(0, 2), [0, 1.5, 2], [-1, 3, "1", True, None]),
            "integer": (rules.integer(1), [1], [0, 1.0, False, "1"]),
            "boolean": (rules.boolean, [True, False], [0, 1, "true", None]),
            "exactly": (rules.exactly(0, "Default"), [0, "Default"], [False, "0", 0.0, None]),
            "either": (rules.either(rules.text(), rules.integer()), ["x", 1], [1.5, None]),
            "nullable": (rules.nullable(rules.text()), [None, "x"], [0, ""]),
            "array": (rules.array(rules.text(), 1, 2), [["x"], ["x", "y"]], [[], ["x", "y", "z"], [1], {}, "x"]),
            "mapping": (rules.mapping(rules.integer()), [{}, {"x": 1}], [{"x": "1"}, []]),
            "table": (shape, [{"a": "x"}, {"a": "x", "b": 1}], [{}, {"b": 1}, {"a": "x", "c": 1}, {"a": 1}, []]),
        }
        for name, (rule, good, bad) in cases.items():
            for value in good:
                with self.subTest(name, takes=value):
                    rule(value, "here")
            for value in bad:
                with self.subTest(name, refuses=value):
                    self.assertTrue(self.broken(rule, value).startswith("here"))

    def test_the_place_is_named(self):
        rule = rules.table({"calls": rules.array(rules.table({"to": rules.text()}))})
        with self.assertRaises(Broken) as caught:
            rule({"calls": [{"to": "x"}, {"to": 7}]}, "")
        self.assertEqual(str(caught.exception), "calls[1].to: a string is expected, not 7")

    def test_missing_and_unknown_keys_are_told_apart(self):
        rule = rules.table({"a": rules.text()})
        for value, kind in (({}, "missing"), ({"a": "x", "b": 1}, "unknown"), ({"a": 1}, "wrong")):
            with self.assertRaises(Broken) as caught:
                rule(value, "")
            self.assertEqual(caught.exception.kind, kind)


if __name__ == "__main__":
    unittest.main()
