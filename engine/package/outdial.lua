-- Settings of the outdial service; outdial(1) has them all. Who may read this file may place
-- calls: it belongs to root and the group outdial.
return {
  engine = {
    store = "/var/lib/outdial/outdial.db",
    control = "/run/outdial/control",
    hooks = "127.0.0.1:8480", -- behind a proxy that does TLS
    -- public_url = "https://calls.example.com",
    -- keep = "90d", -- how long runs that have ended stay; for ever without it
  },
  -- routee = { app_id = "…", app_secret = "…" },
  -- veratad = { user = "…", pass = "…" },
  -- sendservice = { username = "…", password = "…", guid = "…" },
  -- phonon = { security_id = "…", hook_token = "…" },
}
