b = "from tests/auto"
