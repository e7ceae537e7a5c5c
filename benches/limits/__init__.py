"""Where Sirius' limits are, on one core: `make breakpoint`, `make bench-overload`, `make soak`.

`knee` finds the most that is answered in time, `overload` asks for more than that, `disk` makes a disk slow, `soak`
asks for long, `pace` is the client (benches/pace), `server` a Sirius on its core, `pages` writes what was found into
docs/.
"""
