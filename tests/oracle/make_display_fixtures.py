"""How Python and PyTorch write values, for tests/exercises/dialect/display.test.ts.

Run: python3 tests/oracle/make_display_fixtures.py > tests/fixtures/display.json (PyTorch 1.13)
"""

import json
import math

import torch

TENSORS = [
    torch.linspace(-2, 2, 30),
    torch.arange(24.0).view(2, 3, 4),
    torch.randn(3, 5, generator=torch.Generator().manual_seed(1)),
    torch.arange(40).float() / 7,
    torch.tensor([[1e-6, 3.0], [2e5, -1.0]]),
    torch.arange(1200.0).view(30, 40) / 3,
    torch.arange(2000.0).view(10, 20, 10) * 0.5,
    torch.arange(1500),
    torch.tensor([1.0, math.nan, math.inf, -2.5]),
    torch.tensor([1.0, math.nan]),
    torch.tensor([[True, False], [False, False]]),
    torch.tensor([[1, -20], [300, 4]]),
    torch.tensor(3.14159),
    torch.tensor(5),
    torch.tensor(True),
    torch.zeros(2, 2),
    torch.zeros(0),
    torch.zeros(0, 3),
    torch.zeros(0, dtype=torch.int64),
    torch.tensor([1e9, 2.0]),
    torch.tensor([100.0, 2000.0]),
    torch.tensor([1e-5, 2e-5]),
    torch.tensor([0.0, 0.1]),
    torch.tensor([0.03125, 0.09375, -0.03125]),
    torch.tensor([100005.0, 0.5]),
]
FLOATS = [0.1, 1 / 3, 12345.678, 1e-7, 1e22, 0.5, 2.5, 3.5, 1234.0, 123.0, 9999.5, 0.125, 0.03125, 100005.0, 3.0, -7.25]
INTS = [0, 5, -42, 1234567]
FORMATS = {
    "float": (FLOATS, [".3f", ".0f", "10.2e", "g", ".3g", "", "+.1f", "08.2f", ",.2f", ".2%", "<10", "^10.1f", ".4", ".10"]),
    "int": (INTS, ["", "d", "5d", "05d", ",", "<6", "^7", "+d", ".2f", "e", "_d"]),
    "str": (["ab", ""], ["", "5s", ">5", "^6", ".1s", "*^7"]),
}
REPRS = FLOATS + [1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 1.5e-7, 5e-324, 1.7976931348623157e308]


def number(value):
    return value if math.isfinite(value) else repr(value)


print(
    json.dumps(
        {
            "tensors": [
                {
                    "dtype": str(t.dtype),
                    "shape": list(t.shape),
                    "values": [number(v) for v in t.reshape(-1).double().tolist()],
                    "text": repr(t),
                }
                for t in TENSORS
            ],
            "formats": [
                {"type": kind, "value": value, "spec": spec, "text": format(value, spec)}
                for kind, (values, specs) in FORMATS.items()
                for value in values
                for spec in specs
            ],
            "floats": [{"value": value, "text": repr(value)} for value in REPRS],
        }
    )
)
