"""Asking models: one engine, one retry policy, one small file per provider.

Nothing here imports pytest. `engine.Engine` is the way in; `registry` names the
providers; `discovery` finds servers on this machine.
"""
