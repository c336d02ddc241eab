"""What is on Objectives: a card for each, and the guide to writing one."""
