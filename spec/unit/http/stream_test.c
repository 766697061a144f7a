/* Answers that go on. */
#include "visitor.h"

struct channel {
  struct stage *stage;
  struct http_stream *stream;
  unsigned gone;
};

static void on_gone(void *context) {
  struct channel *channel = context;
  channel->gone++;
  channel->stream = NULL;
}

static const struct http_head head = {.status = 200,
                                      .type = "text/event-stream",
                                      .name = "Cache-Control",
                                      .value = "no-store"};

/* Opens one inside serve for /now, later for anything else. */
static void serve(void *context, struct http_exchange *exchange,
                  const struct http_incoming *incoming) {
  struct channel *channel = context;
  if (strcmp(incoming->path, "/now") == 0)
    channel->stream = http_stream_open(exchange, &head, on_gone, channel);
  else if (strcmp(incoming->path, "/plain") == 0)
    http_answer_send(exchange, 200, "{}", 2);
  else
    channel->stage->held[channel->stage->holding++] = exchange;
}

static void open_stage(struct stage *stage, struct channel *channel) {
  *channel = (struct channel){.stage = stage};
  *stage = (struct stage){.plan = {.serve = serve, .context = channel}};
  stage_open(stage);
}

static void say(struct channel *channel, const char *text) {
  assert_non_null(channel->stream);
  assert_true(http_stream_send(channel->stream, text, strlen(text)));
}

static void until_received(struct visitor *visitor, const char *text) {
  while (!visitor_has(visitor, text)) {
    if (visitor->closed) fail_msg("closed before %s came", text);
    stage_turn(visitor->stage);
  }
}

static void ask(struct visitor *visitor, struct channel *channel, const char *path) {
  visitor_open(visitor, channel->stage);
  visitor_get(visitor, path);
  while (!channel->stream && !channel->stage->holding) stage_turn(channel->stage);
}

static void sends_piece_by_piece(void **state) {
  (void)state;
  struct stage stage;
  struct channel channel;
  struct visitor visitor;
  open_stage(&stage, &channel);
  ask(&visitor, &channel, "/now");
  until_received(&visitor, "Content-Type: text/event-stream");
  until_received(&visitor, "Cache-Control: no-store");
  say(&channel, "one ");
  until_received(&visitor, "one ");
  say(&channel, "two ");
  say(&channel, "three ");
  until_received(&visitor, "three ");
  http_stream_close(channel.stream);
  until_received(&visitor, "\r\n0\r\n\r\n"); /* the last chunk */
  assert_int_equal(channel.gone, 0);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void may_begin_later(void **state) {
  (void)state;
  struct stage stage;
  struct channel channel;
  struct visitor visitor;
  open_stage(&stage, &channel);
  ask(&visitor, &channel, "/later");
  channel.stream = http_stream_open(stage.held[0], &head, on_gone, &channel);
  say(&channel, "at last");
  until_received(&visitor, "at last");
  visitor_leave(&visitor);
  stage_close(&stage);
  assert_int_equal(channel.gone, 1);
}

static void leaves_the_connection_for_the_next_request(void **state) {
  (void)state;
  struct stage stage;
  struct channel channel;
  struct visitor visitor;
  open_stage(&stage, &channel);
  ask(&visitor, &channel, "/now");
  say(&channel, "all");
  http_stream_close(channel.stream);
  until_received(&visitor, "\r\n0\r\n\r\n");
  buffer_clear(&visitor.received);
  visitor_get(&visitor, "/plain");
  assert_answer(&visitor, 200, "{}");
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void tells_that_the_client_has_gone(void **state) {
  (void)state;
  struct stage stage;
  struct channel channel;
  struct visitor visitor;
  open_stage(&stage, &channel);
  ask(&visitor, &channel, "/now");
  until_received(&visitor, "\r\n\r\n");
  visitor_slam(&visitor);
  while (!channel.gone) {
    if (channel.stream) say(&channel, "are you there?");
    stage_turn(&stage);
  }
  assert_int_equal(channel.gone, 1);
  stage_close(&stage);
  assert_int_equal(channel.gone, 1);
}

static void cuts_a_client_that_falls_behind(void **state) {
  (void)state;
  struct stage stage;
  struct channel channel;
  struct visitor visitor;
  char piece[65536];
  memset(piece, 'x', sizeof piece);
  open_stage(&stage, &channel);
  ask(&visitor, &channel, "/now");
  ev_io_stop(stage.loop, &visitor.readable);
  while (http_stream_send(channel.stream, piece, sizeof piece))
    ev_run(stage.loop, EVRUN_NOWAIT);
  while (!channel.gone) stage_turn(&stage);
  visitor_leave(&visitor);
  stage_close(&stage);
}

static void ends_when_the_server_does(void **state) {
  (void)state;
  struct stage stage;
  struct channel channel;
  struct visitor visitor;
  open_stage(&stage, &channel);
  ask(&visitor, &channel, "/now");
  say(&channel, "the last word");
  http_server_free(stage.server);
  stage.server = NULL;
  assert_int_equal(channel.gone, 1);
  until_received(&visitor, "the last word");
  until_received(&visitor, "\r\n0\r\n\r\n");
  visitor_until_closed(&visitor);
  visitor_leave(&visitor);
  stage_close(&stage);
}

/* Patience is for requests: a stream may be silent for as long as it likes. */
static void may_be_silent(void **state) {
  (void)state;
  struct stage stage;
  struct channel channel = {.stage = &stage};
  struct visitor visitor, idle;
  stage = (struct stage){.plan = {.serve = serve, .context = &channel, .patience = 0.05}};
  stage_open(&stage);
  ask(&visitor, &channel, "/now");
  visitor_open(&idle, &stage);
  visitor_until_closed(&idle); /* came later and has lost the server's patience */
  say(&channel, "still here");
  until_received(&visitor, "still here");
  visitor_leave(&idle);
  visitor_leave(&visitor);
  stage_close(&stage);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sends_piece_by_piece),
      cmocka_unit_test(may_begin_later),
      cmocka_unit_test(leaves_the_connection_for_the_next_request),
      cmocka_unit_test(tells_that_the_client_has_gone),
      cmocka_unit_test(cuts_a_client_that_falls_behind),
      cmocka_unit_test(ends_when_the_server_does),
      cmocka_unit_test(may_be_silent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
