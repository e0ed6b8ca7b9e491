"""Asking for several processes from one: what pytest-xdist workers need is asked for by
the controller, so that limits, budget and journal hold for the whole run.

`Broker` lives in the controller, a `Client` in each worker; between them messages of
`codec` travel, over whatever carries bytes. Nothing here imports pytest or xdist.
"""
