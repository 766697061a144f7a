local http = require "spec.support.http"

describe("a free port", function()
  it("is another one each time, so that an engine can be given several", function()
    local seen = {}
    for _ = 1, 400 do
      local port = http.free_port()
      assert.is_nil(seen[port])
      seen[port] = true
    end
  end)
end)
