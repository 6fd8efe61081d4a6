"""The command ``shadow-sync``: a client of the HTTP API, and the whole service on one machine for demo and up.

main
  sync         asking the service: client, answer → job → show; access, failures
  credentials  keygen and token
  local        demo and up: product (the Procfile) on embedded (Valkey, sandbox); stack, part, interrupts
"""
