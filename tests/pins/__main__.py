"""Write the pins anew; see the package."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.pins._pinned import MODELS, POSTERIORS, VERDICTS, posterior_of, verdicts

if __name__ == "__main__":
    for name in MODELS:
        posterior_of(name)  # the first run compiles, and rounds otherwise
    posteriors = {name: posterior_of(name) for name in MODELS}
    POSTERIORS.write_text(json.dumps(posteriors, indent=0) + "\n", encoding="utf-8")
    with TemporaryDirectory() as folder:
        VERDICTS.write_text(json.dumps(verdicts(Path(folder)), indent=0) + "\n", encoding="utf-8")
