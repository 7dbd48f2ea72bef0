from __future__ import annotations

import pytest
from sending import mail


@pytest.fixture
def three(captured):
    return [captured(mail(subject)) for subject in ("First", "Second", "Third")]
