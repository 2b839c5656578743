"""What both Go targets write alike."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.request import Env
from satsuma.samples.writing import Words


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.go, _read)
SETTING: Final = """\
func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		fail(2, "Set "+name+" in the environment")
	}
	return value
}

func fail(code int, sentence string) {
	fmt.Fprintln(os.Stderr, sentence)
	os.Exit(code)
}
""".splitlines()

VERSION: Final = "1.26"
