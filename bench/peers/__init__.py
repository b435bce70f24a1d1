# SPDX-License-Identifier: BSD-3-Clause
"""Tollgate and its peers, each behind the interface of peer.Peer: one file for each program."""

import os
import sys

# The servers' processes, dnsperf and the folder are those of bench/resolver.
_RESOLVER = os.path.join(os.path.dirname(os.path.dirname(os.path.realpath(__file__))), "resolver")
if _RESOLVER not in sys.path:
    sys.path.append(_RESOLVER)
