"""Grants, rewards, prices and limits: wallet/policy.toml, read once. All amounts here are units."""

import tomllib
from pathlib import Path
from types import SimpleNamespace

from wallet.money import credits

PATH = Path(__file__).with_name("policy.toml")


def read(path=PATH):
    told = tomllib.loads(path.read_text())
    return SimpleNamespace(
        welcome=credits(told["grants"]["welcome"]),
        daily=credits(told["rewards"]["daily"]),
        least_tip=credits(told["tips"]["least"]),
        most_tip=credits(told["tips"]["most"]),
        most_tips_a_day=credits(told["tips"]["most_a_day"]),
        least_reward=credits(told["bounties"]["least_reward"]),
        least_stake=credits(told["bounties"]["least_stake"]),
        most_reward=credits(told["bounties"]["most"]),
        image_price=credits(told["prices"]["image"]),
        training_step_price=credits(told["prices"]["training_step"]),
        most_platform_share=told["fees"]["most_platform_share"],
        most_style_fee=credits(told["fees"]["most_an_image"]),
        quote_lives_s=told["quotes"]["lives_s"],
        ring_days=told["ring"]["days"],
        ring_least=credits(told["ring"]["least"]),
    )


policy = read()
