"""Trains a LoRA: torch, diffusers and peft, no Django. See `loop.train`."""
