# Each target is one command of tools/bootstrap, which needs nothing but Python 3.11 or newer.
# Arguments: make test ARGS="-k passphrase"   make PYTHON=python3.12 up   make clean-data YES=1

PYTHON ?= python3
RUN := @$(PYTHON) -m tools.bootstrap
export YES
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help up down test check bench torture lab lab-full lab-up lab-down env lock password clean-data

help:        ## Show this list
	@sed -n 's/^\([a-z-]*\): *## /    make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

up:          ## Set up everything and bring the community up on this machine
	$(RUN) up

down:        ## Stop everything; the data stays
	$(RUN) down

test:        ## Set up what the tests need and run all of them
	$(RUN) test -- $(ARGS)

check:       ## Lint, format, types, import rules and, without `test` beside it, the fast tests
	$(RUN) check $(if $(filter test,$(MAKECMDGOALS)),--without-tests)

bench:       ## Measure the pages against this machine's own limit
	$(RUN) bench -- $(ARGS)

torture:     ## Kill the community's processes 10,000 times and check that nothing is lost: hours
	$(RUN) torture -- $(ARGS)

lab:         ## Run the tests of the servers' cluster on real hosts on this machine (root, Linux)
	$(RUN) lab -- $(ARGS)

lab-full:    ## The same with all rounds: hours
	$(RUN) lab-full -- $(ARGS)

lab-up:      ## Start seven real hosts on this machine (root, Linux), for the tests of the servers' cluster
	$(RUN) lab-up

lab-down:    ## End the hosts and leave nothing of them
	$(RUN) lab-down

env:         ## Print settings for plain pulumi commands: eval "$(make -s env)"
	$(RUN) env

lock:        ## Bring uv.lock in line with the packages after a change of their requirements
	$(RUN) lock

password:    ## Print the administrator's password
	$(RUN) password

clean-data:  ## Delete the community's data, after a question; only while it is down
	$(RUN) clean-data
