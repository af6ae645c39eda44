"""Game Archive's infrastructure as typed Pulumi components.

    config      what an operator may set, typed, each mistake named with its mend
    catalogue   THE list of services
    local       the whole community on this machine: the resources of the `dev` stack
    cli         the `archive` command

Data goes one way: config, then components, then the programs in `stacks/`. This package never imports a service.
"""
