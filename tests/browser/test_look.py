"""What a stylesheet promises and only a browser can tell."""

import pytest

LOW = """() => {
  const found = [];
  for (const one of document.querySelectorAll(".bar-home, :is(a, button, label):is(.chip, .button-sm, .segmented > *, .crumbs a)")) {
    one.scrollIntoView({block: "center", inline: "center"});
    const box = one.getBoundingClientRect();
    if (!box.width) continue;
    for (const y of [-20, 20]) {
      const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2 + y);
      if (!one.contains(hit)) found.push(`${one.innerText || one.ariaLabel}: ${Math.round(box.height)} px`);
    }
  }
  return found;
}"""


@pytest.mark.parametrize("path", ["/bounties/", "/images/", "/models/", "/removal/", "/training/"])
def test_a_finger_finds_forty_four_points_of_what_is_drawn_lower(page, path):
    opened = page(path, width=390, has_touch=True, is_mobile=True)
    assert opened.locator(".bar-home").count() == 1
    assert opened.evaluate(LOW) == []
