"""One side of benchmarks/training.py, in a process of its own: trains and prints its seconds as the last line.

    python _training.py peer SCRIPT ARGUMENT…     the script as it is; its progress bar is the clock
    python _training.py ours FOLDER SETTINGS      pictures of FOLDER, Settings as JSON; caches counted

Both clocks begin when models are loaded and end with the last step. `cpu_s` is what the process used of all
its threads: a busy machine does not change it much, so the figure is made of it; `wall_s` is told beside it.
"""

import json
import runpy
import sys
import time
from pathlib import Path


class Clock:
    def __init__(self):
        self.wall, self.cpu, self.steps = time.perf_counter(), time.process_time(), 0

    def tell(self):
        told = {"steps": self.steps, "wall_s": time.perf_counter() - self.wall, "cpu_s": time.process_time() - self.cpu}
        print(json.dumps(told), flush=True)


def peer(script, *arguments):
    from tqdm import auto

    class Bar(auto.tqdm):
        """Made right before the first step, and told of each."""

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.clock = Clock() if kwargs.get("desc") == "Steps" else None

        def update(self, n=1):
            if self.clock:
                self.clock.steps += n
                if self.clock.steps == self.total:
                    self.clock.tell()
            return super().update(n)

    auto.tqdm = Bar
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


def ours(folder, told):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import torch

    from generation.pocket import WEIGHTS
    from generation.sampler.bases import load_base
    from training.trainer.loop import Training
    from training.trainer.material import prepare
    from training.trainer.settings import Settings

    settings = Settings(**json.loads(told))
    rows = [json.loads(line) for line in (Path(folder) / "metadata.jsonl").read_text().splitlines()]
    base = load_base(WEIGHTS, key="pocket", device=torch.device("cpu"), dtype=torch.float32)
    clock = Clock()
    material = prepare(base, [(Path(folder) / row["file_name"], row["text"]) for row in rows], settings)
    for progress in Training(base, material, settings).go():
        clock.steps = progress.step
    clock.tell()


if __name__ == "__main__":
    {"peer": peer, "ours": ours}[sys.argv[1]](*sys.argv[2:])
