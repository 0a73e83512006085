package io.qtasks;

import com.fasterxml.jackson.core.type.TypeReference;
import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.qtasks.v1.CancelRequest;
import io.qtasks.v1.DrainWorkerRequest;
import io.qtasks.v1.ExplainRequest;
import io.qtasks.v1.ExplainResponse;
import io.qtasks.v1.GetRequest;
import io.qtasks.v1.GetStatsRequest;
import io.qtasks.v1.ItemResult;
import io.qtasks.v1.ListRequest;
import io.qtasks.v1.ListResponse;
import io.qtasks.v1.Payload;
import io.qtasks.v1.Receipt;
import io.qtasks.v1.ReplyRequest;
import io.qtasks.v1.RunRequest;
import io.qtasks.v1.RunResponse;
import io.qtasks.v1.Stats;
import io.qtasks.v1.StatsServiceGrpc;
import io.qtasks.v1.TaskEvent;
import io.qtasks.v1.TaskFilter;
import io.qtasks.v1.TaskServiceGrpc;
import io.qtasks.v1.TaskServiceGrpc.TaskServiceBlockingStub;
import io.qtasks.v1.TaskServiceGrpc.TaskServiceStub;
import io.qtasks.v1.TaskState;
import io.qtasks.v1.TaskStatus;
import io.qtasks.v1.TaskSubmit;
import io.qtasks.v1.WatchRequest;
import io.qtasks.v1.WatchResponse;
import io.qtasks.v1.WorkerServiceGrpc;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A client of a qtasks broker, for any number of threads; a program needs one. It connects when it
 * is first used. While no broker answers, calls that may be repeated are, for about two seconds.
 *
 * <p>What goes wrong is a {@link QtasksException}. A call ends with gRPC's current {@code Context}:
 * when that is cancelled, at its deadline, or when the thread is interrupted.
 */
public final class QtasksClient implements AutoCloseable {
  private static final String DEFAULT_URL = "grpc://127.0.0.1:50051";

  /** How long a reply may wait for a broker to be there, and be stored. */
  private static final Duration REPLY_WITHIN = Duration.ofSeconds(5);

  private final ClientOptions options;
  private final Json json;
  private final ManagedChannel channel;
  private final Channel calls;
  private final Submitter submitter;
  private volatile boolean wasConnected;

  private QtasksClient(BrokerUrl url, ClientOptions options) {
    this.options = options;
    json = new Json(options.mapper());
    Access access = Access.of(url, options, System.getenv());
    channel = Channels.open(url, access);
    calls = Channels.intercepted(channel, access);
    submitter = new Submitter(request -> Calls.start(tasks()::submit, request));
    noteConnection();
  }

  /** A client of the broker at {@code QTASKS_BROKER_URL}, or of the one on this machine. */
  public static QtasksClient connect() {
    String url = System.getenv("QTASKS_BROKER_URL");
    return connect(url == null || url.isEmpty() ? DEFAULT_URL : url);
  }

  /** A client of a broker with {@link ClientOptions#defaults()}. */
  public static QtasksClient connect(String url) {
    return connect(url, ClientOptions.defaults());
  }

  /**
   * A client of one broker or several.
   *
   * @param url {@code grpc://HOST:PORT}, or several {@code HOST:PORT} with commas between, or
   *     {@code grpc+dns:///NAME:PORT} for every address that a name has; {@code grpcs} instead of
   *     {@code grpc} for TLS
   */
  public static QtasksClient connect(String url, ClientOptions options) {
    return new QtasksClient(BrokerUrl.parse(url), options);
  }

  /** Ends all calls of this client; tasks go on. */
  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** Whether a broker that is away may come back: one was there once. */
  boolean mayReach() {
    return wasConnected && !channel.isShutdown();
  }

  private void noteConnection() {
    ConnectivityState state = channel.getState(false);
    if (state == ConnectivityState.READY) {
      wasConnected = true;
    } else {
      channel.notifyWhenStateChanged(state, this::noteConnection);
    }
  }

  // -- submitting -------------------------------------------------------------------------

  /** Submits a task. When it returns, the task is stored. */
  public Task submit(String name, Object... args) {
    return submit(TaskCall.of(name, args));
  }

  /** Submits a task. When it returns, the task is stored. Concurrent submits share requests. */
  public Task submit(TaskCall call) {
    return submitted(submitter.submit(call.written(json, options)), 0).get();
  }

  /** Submits tasks: for each, in order, the task or why it was refused. */
  public List<Submitted> submitAll(List<TaskCall> calls) {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (TaskCall call : calls) {
      try {
        receipts.add(submitter.submit(call.written(json, options)));
      } catch (QtasksException refused) {
        receipts.add(CompletableFuture.failedFuture(refused));
      }
    }
    return IntStream.range(0, receipts.size())
        .mapToObj(place -> submitted(receipts.get(place), place))
        .toList();
  }

  private Submitted submitted(CompletableFuture<Receipt> stored, int place) {
    try {
      Receipt receipt = Calls.await(stored);
      return receipt.hasError()
          ? new Submitted(null, Errors.of(receipt.getError(), place))
          : new Submitted(new Task(this, receipt.getId(), receipt.getExisting()), null);
    } catch (QtasksException error) {
      return new Submitted(null, error);
    }
  }

  // -- following --------------------------------------------------------------------------

  /** Submits a task and follows it to its end. */
  public TaskEvents run(String name, Object... args) {
    return run(TaskCall.of(name, args));
  }

  /** Submits a task and follows it to its end. */
  public TaskEvents run(TaskCall call) {
    TaskSubmit task = call.written(json, options);
    RunRequest request = RunRequest.newBuilder().setTask(task).build();
    return new TaskEvents(
        this,
        task.getId(),
        0,
        (id, afterSeq) ->
            afterSeq > 0
                ? watching(id, afterSeq)
                : batches(streams().run(request), RunResponse::getEventsList));
  }

  TaskEvents watch(String id, long afterSeq) {
    return new TaskEvents(this, id, afterSeq, this::watching);
  }

  private Iterator<List<TaskEvent>> watching(String id, long afterSeq) {
    WatchRequest request = WatchRequest.newBuilder().setId(id).setAfterSeq(afterSeq).build();
    return batches(streams().watch(request), WatchResponse::getEventsList);
  }

  private static <R> Iterator<List<TaskEvent>> batches(
      Iterator<R> responses, Function<R, List<TaskEvent>> events) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return responses.hasNext();
      }

      @Override
      public List<TaskEvent> next() {
        return events.apply(responses.next());
      }
    };
  }

  <T> T result(String id, Type type, Duration timeout) {
    Objects.requireNonNull(timeout, "timeout");
    return Outcome.of(
        Calls.await(EndWait.start(unlimited(), this::mayReach, id, timeout)), json, type);
  }

  <T> CompletableFuture<T> resultAsync(String id, Type type) {
    CompletableFuture<TaskStatus> end = EndWait.start(unlimited(), this::mayReach, id, null);
    CompletableFuture<T> result =
        end.handle(
            (status, error) -> {
              if (error != null) {
                throw Errors.of(error);
              }
              return Outcome.of(status, json, type);
            });
    result.whenComplete((value, error) -> end.cancel(false));
    return result;
  }

  // -- looking and steering ---------------------------------------------------------------

  /** A task by its id. Nothing is asked of the broker yet. */
  public Task task(String id) {
    return new Task(this, id, true);
  }

  TaskStatus status(String id) {
    return call(tasks()::get, GetRequest.newBuilder().setId(id).build()).getStatus();
  }

  ExplainResponse explain(String id) {
    return call(tasks()::explain, ExplainRequest.newBuilder().setId(id).build());
  }

  TaskState cancel(String id, String why) {
    CancelRequest request = CancelRequest.newBuilder().addIds(id).setReason(why).build();
    ItemResult result = call(tasks()::cancel, request).getResults(0);
    if (result.hasError()) {
      throw Errors.of(result.getError(), 0);
    }
    return result.getState();
  }

  long reply(String id, String askId, Object value) {
    ReplyRequest request =
        ReplyRequest.newBuilder()
            .setId(id)
            .setAskId(askId)
            .setValue(json.encode(value, "value", options.maxPayloadBytes()))
            .build();
    // An answer counts once, so gRPC must not repeat it: it waits before it is sent.
    TaskServiceStub patient = unlimited().withWaitForReady().withDeadlineAfter(replyWithin());
    try {
      return call(patient::reply, request).getSeq();
    } catch (QtasksException error) {
      if (error.reason().equals("DEADLINE_EXCEEDED")
          && !Context.current().isCancelled()
          && channel.getState(false) != ConnectivityState.READY) {
        throw Errors.of(Status.UNAVAILABLE.withCause(error).asRuntimeException());
      }
      throw error;
    }
  }

  private Duration replyWithin() {
    Duration timeout = options.timeout();
    return timeout.compareTo(REPLY_WITHIN) < 0 ? timeout : REPLY_WITHIN;
  }

  /**
   * Tasks that match, newest first. Pages are fetched as they are needed, so {@code limit} saves
   * calls.
   */
  public Stream<TaskStatus> list(TaskFilter filter) {
    TaskFilter ours =
        filter.getApp().isEmpty() ? filter.toBuilder().setApp(options.app()).build() : filter;
    return Stream.iterate(page(ours, ""), Objects::nonNull, page -> nextPage(ours, page))
        .flatMap(page -> page.getTasksList().stream());
  }

  private ListResponse page(TaskFilter filter, String token) {
    return call(
        tasks()::list, ListRequest.newBuilder().setFilter(filter).setPageToken(token).build());
  }

  private ListResponse nextPage(TaskFilter filter, ListResponse page) {
    String token = page.getNextPageToken();
    return token.isEmpty() ? null : page(filter, token);
  }

  /** Figures of the app now. */
  public Stats stats() {
    StatsServiceGrpc.StatsServiceStub stub = StatsServiceGrpc.newStub(calls);
    return call(
            stub.withDeadlineAfter(options.timeout())::getStats,
            GetStatsRequest.newBuilder().setApp(options.app()).build())
        .getStats();
  }

  /** Lets a worker take no more, finish what it runs, and leave; gives how many tasks it holds. */
  public int drainWorker(String workerId) {
    WorkerServiceGrpc.WorkerServiceStub stub = WorkerServiceGrpc.newStub(calls);
    return call(
            stub.withDeadlineAfter(options.timeout())::drainWorker,
            DrainWorkerRequest.newBuilder().setApp(options.app()).setWorkerId(workerId).build())
        .getRunning();
  }

  /** The value of a payload: what a task yielded, for example. */
  public <T> T decode(Payload payload, Class<T> type) {
    return json.decode(payload, type);
  }

  /** The same for types with parameters. */
  public <T> T decode(Payload payload, TypeReference<T> type) {
    return json.decode(payload, type.getType());
  }

  // -- calls ------------------------------------------------------------------------------

  private static <Q, R> R call(BiConsumer<Q, StreamObserver<R>> method, Q request) {
    return Calls.await(Calls.start(method, request));
  }

  private TaskServiceStub tasks() {
    return unlimited().withDeadlineAfter(options.timeout());
  }

  private TaskServiceStub unlimited() {
    return TaskServiceGrpc.newStub(calls);
  }

  private TaskServiceBlockingStub streams() {
    return TaskServiceGrpc.newBlockingStub(calls);
  }
}
