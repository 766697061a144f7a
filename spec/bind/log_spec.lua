local json = require "spec.support.json"
local lab = require("spec.support.lab").new()

describe("outdial.log", function()
  teardown(function() lab:close() end)
  before_each(function() lab:reset() end)

  it("writes into the timeline and the journal", function()
    lab:flow("log", 'outdial.log("one", 2, nil, true) outdial.log.info "two" outdial.log.warn "three"')
    local ended = lab.desk:run "log"
    assert.equal(0, ended.status, ended.err)
    for _, text in ipairs { "one 2 nil true", "two", "three" } do assert.has_match(text, ended.out, 1, true) end
    local rows = lab:query "SELECT op, args, result FROM op ORDER BY seq"
    for i, entry in ipairs { { "info", "one 2 nil true" }, { "info", "two" }, { "warning", "three" } } do
      assert.equal("log", rows[i].op)
      assert.same({ level = entry[1], message = entry[2] }, json.decode(rows[i].args))
      assert.equal("[true]", rows[i].result)
    end
  end)

  it("takes anything that has a text", function()
    lab:flow("log", [[
      outdial.log()
      outdial.log({}, outdial.null)
      outdial.log("\27[31mred\n\0")
      return true]])
    local ended = lab:run "log"
    assert.equal(0, ended.status, ended.out)
  end)
end)
