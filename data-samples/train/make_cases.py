"""Makes every case of models/exporters/ again, and the list of them in its README."""

import json

import cases_networks
import cases_sklearn
import cases_trees
from cases import CASES

README = """# One small model per exporter and signature

Each folder holds `model.onnx` as its exporter wrote it (or `model/` in MLflow's layout) and `case.json`: what was fed and what Python's
onnxruntime answered, one thread, all rows in one batch unless the batch axis is fixed. A tensor is `{{type, dims, data}}`, row-major; NaN and infinities are
strings; an output that is a ZipMap also has `classes`, its maps laid out as one column per class. A case with `refused` instead of inputs and
outputs is to be refused at load, for that reason. Made by `data-samples/train/make_cases.py`; the networks are not trained.

| case | exporter | what |
|---|---|---|
{rows}
"""


def main():
    cases_sklearn.main()
    cases_trees.main()
    cases_networks.main()
    rows = []
    for path in sorted(CASES.glob("*/case.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        refused = f"; **refused**: {case['refused']}" if "refused" in case else ""
        rows.append(f"| `{path.parent.name}` | {case['exporter']} | {case['about']}{refused} |")
    (CASES / "README.md").write_text(README.format(rows="\n".join(rows)), encoding="utf-8")


if __name__ == "__main__":
    main()
