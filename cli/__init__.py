"""The command ``shadow-sync``: a client of the HTTP API, and the whole service on one machine for demo and up.

main
  sync         asking the service, drift and status too: client, answer → job → show; access, failures
  event        what a sync would send now, asked of AWS by worker/preview.py
  credentials  keygen and token
  local        demo and up: product (the Procfile) on embedded (Valkey, sandbox); stack, part, interrupts;
               fleet and table look at what came of it, demo_jobs and demo_tables show it
"""
