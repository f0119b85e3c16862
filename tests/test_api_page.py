"""The page of the API: in the reader's theme, with a way back."""

import pytest
from django.contrib.staticfiles import finders

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_comes_in_the_readers_theme(client, theme):
    client.cookies["theme"] = theme
    page = client.get("/api/v1/docs").content.decode()
    assert f'data-theme="{theme}"' in page and f'name="color-scheme" content="{theme}"' in page
    assert 'id="swagger-ui"' in page and 'href="/"' in page and "openapi.json" in page
    assert "/static/css/swagger.css" in page and finders.find("css/swagger.css")
