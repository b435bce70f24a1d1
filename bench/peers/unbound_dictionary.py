# SPDX-License-Identifier: BSD-3-Clause
"""Runs inside Unbound (python-script): a list of names in a dictionary, as OPNsense and pfBlockerNG
have theirs, and nothing else that they do, no logging and no groups of clients.

Unbound's Python gives the names that begin with MODULE_, RCODE_ and so on as globals.
"""

import os

blocked = {}


def init(module, configuration):
    with open(os.environ["TOLLGATE_BENCH_NAMES"]) as file:
        for line in file:
            blocked[line.rstrip("\n")] = True
    return True


def deinit(module):
    return True


def inform_super(module, state, superior, data):
    return True


def is_blocked(name):
    """Whether the name, or one above it, is in the list."""
    while name:
        if name in blocked:
            return True
        _, _, name = name.partition(".")
    return False


def operate(module, event, state, data):
    if event in (MODULE_EVENT_NEW, MODULE_EVENT_PASS):  # noqa: F821
        if is_blocked(state.qinfo.qname_str.rstrip(".").lower()):
            state.return_rcode = RCODE_NXDOMAIN  # noqa: F821
            state.ext_state[module] = MODULE_FINISHED  # noqa: F821
        else:
            state.ext_state[module] = MODULE_WAIT_MODULE  # noqa: F821
        return True
    if event == MODULE_EVENT_MODDONE:  # noqa: F821
        state.ext_state[module] = MODULE_FINISHED  # noqa: F821
        return True
    state.ext_state[module] = MODULE_ERROR  # noqa: F821
    return True
