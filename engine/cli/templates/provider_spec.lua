-- What NAME's script makes of the service's answers. No network: the answers are given here, and what
-- was asked is looked at. Copy real ones from the service's pages or a log.

local folder = debug.getinfo(1, "S").source:match "^@(.*/)" or "./"

describe("NAME", function()
  local asked, answer, provider
  local settings = { url = "https://service", key = "secret" }

  -- Stands in for the service: one answer, or {nil, error} when none came.
  local function service(request)
    asked[#asked + 1] = request
    return answer[1], answer[2]
  end

  before_each(function()
    asked, answer = {}, {}
    local outdial = { submit = service, http = service, provider = function(definition) return definition end,
      log = { info = function() end, warn = function() end } }
    local world = setmetatable({
      require = function(name) return name == "outdial" and outdial or require(name) end,
    }, { __index = _G })
    provider = assert(loadfile(folder .. "NAME.lua", "t", world))()
  end)

  local function place(status, json)
    answer = { { status = status, headers = {}, body = "", json = json } }
    return provider.place({ to = "+12025550143", message = "reminder" }, settings)
  end

  it("asks for the call", function()
    assert.same({ state = "queued", reference = "a1" }, (place(201, { id = "a1" })))
    assert.equal("https://service/calls", asked[1].url)
    assert.equal("Bearer secret", asked[1].headers.Authorization)
    assert.same({ number = "+12025550143", recording = "reminder" }, asked[1].body)
  end)

  it("tells why a call was refused", function()
    for status, reason in pairs { [400] = "invalid_request", [401] = "auth", [422] = "invalid_number" } do
      local news = place(status)
      assert.equal("failed", news.state)
      assert.equal(reason, news.reason)
    end
  end)

  it("does not say that nothing was placed when that is not known", function()
    for status, json in pairs { [500] = {}, [201] = {} } do
      local news, err = place(status, json)
      assert.is_nil(news)
      assert.equal("maybe", err.sent)
    end
  end)

  it("passes on that no answer came", function()
    answer = { nil, { code = "timeout", message = "too slow", sent = "maybe" } }
    local news, err = provider.place({ to = "+12025550143", message = "reminder" }, settings)
    assert.is_nil(news)
    assert.equal("maybe", err.sent)
  end)

  it("reads how the call stands", function()
    for said, state in pairs { waiting = "queued", talking = "in_progress", done = "completed", busy = "busy" } do
      answer = { { status = 200, headers = {}, body = "", json = { state = said } } }
      assert.equal(state, provider.status({ reference = "a1" }, settings).state)
      assert.equal("https://service/calls/a1", asked[#asked].url)
    end
  end)

  it("takes what it does not understand for no news", function()
    answer = { { status = 200, headers = {}, body = "", json = { state = "new word" } } }
    assert.is_nil(provider.status({ reference = "a1" }, settings).state)
    answer = { { status = 503, headers = {}, body = "" } }
    assert.is_nil((provider.status({ reference = "a1" }, settings)))
  end)
end)
