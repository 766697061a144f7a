local json = require "spec.support.json"
local lab = require("spec.support.lab").new()

describe("chance in a flow", function()
  teardown(function() lab:close() end)
  before_each(function() lab:reset() end)

  local function run(lines)
    lab:flow("chance", lines)
    return lab:run "chance"
  end

  it("draws whole numbers between two, both included", function()
    local ended = run [[
      local seen = {}
      for _ = 1, 200 do
        local drawn = outdial.random(-1, 1)
        assert(math.type(drawn) == "integer")
        seen[drawn + 2] = true
        assert(drawn >= -1 and drawn <= 1)
      end
      local wide = outdial.random(math.mininteger, math.maxinteger)
      return { seen = seen, same = outdial.random(7, 7), wide = math.type(wide) }]]
    assert.same({ seen = { true, true, true }, same = 7, wide = "integer" }, ended.report.result)
  end)

  it("makes UUIDs, each another", function()
    local uuids = run("return { outdial.uuid(), outdial.uuid() }").report.result
    for _, uuid in ipairs(uuids) do
      assert.has_match("^%x+%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x+$", uuid)
      assert.equal(36, #uuid)
    end
    assert.not_equal(uuids[1], uuids[2])
  end)

  it("is in the journal as it fell", function()
    local ended = run "return { outdial.random(1, 1 << 40), outdial.uuid() }"
    local rows = lab:query "SELECT op, result FROM op ORDER BY seq"
    assert.same({ { op = "random", result = json.encode { ended.report.result[1] } },
      { op = "uuid", result = json.encode { ended.report.result[2] } } }, rows)
  end)

  it("takes nothing but two whole numbers in order", function()
    for _, given in ipairs { "2, 1", "1", "", "1.5, 2", "'1', 2", "nil, 1" } do
      local ended = run("\noutdial.random(" .. given .. ")")
      assert.equal(1, ended.status, given)
      assert.has_match("chance%.lua:3: outdial%.random takes two whole numbers", ended.report.error.message)
    end
  end)
end)
