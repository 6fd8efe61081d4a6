"""The command ``shadow-sync``: a client of the HTTP API, and the whole service on one machine for demo and up.

main
  sync         of one Thing; drift and status too: access, client → connection → answer → job → watch → finish → show
  bulk         of many Things: bulk_options, upload → started → watch, live → bulk_show, of what bulk_job reads
  steer        cancel, pause, resume, confirm, retry of a job
  jobs         and results: what there is, printed by rows
  failures     how each of these ends
  event        what a sync would send now, asked of AWS by worker/preview.py
  credentials  keygen and token
  local        demo and up: product (the Procfile) on embedded (Valkey, sandbox); stack, part, interrupts;
               fleet and table look at what came of it, demo_jobs and demo_tables show it
"""
