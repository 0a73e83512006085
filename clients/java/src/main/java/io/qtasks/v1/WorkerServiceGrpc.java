package io.qtasks.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * For workers in any language.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class WorkerServiceGrpc {

  private WorkerServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "qtasks.v1.WorkerService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.ConnectRequest,
      io.qtasks.v1.ConnectResponse> getConnectMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "Connect",
      requestType = io.qtasks.v1.ConnectRequest.class,
      responseType = io.qtasks.v1.ConnectResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.ConnectRequest,
      io.qtasks.v1.ConnectResponse> getConnectMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.ConnectRequest, io.qtasks.v1.ConnectResponse> getConnectMethod;
    if ((getConnectMethod = WorkerServiceGrpc.getConnectMethod) == null) {
      synchronized (WorkerServiceGrpc.class) {
        if ((getConnectMethod = WorkerServiceGrpc.getConnectMethod) == null) {
          WorkerServiceGrpc.getConnectMethod = getConnectMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.ConnectRequest, io.qtasks.v1.ConnectResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "Connect"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ConnectRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ConnectResponse.getDefaultInstance()))
              .setSchemaDescriptor(new WorkerServiceMethodDescriptorSupplier("Connect"))
              .build();
        }
      }
    }
    return getConnectMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.DrainWorkerRequest,
      io.qtasks.v1.DrainWorkerResponse> getDrainWorkerMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "DrainWorker",
      requestType = io.qtasks.v1.DrainWorkerRequest.class,
      responseType = io.qtasks.v1.DrainWorkerResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.DrainWorkerRequest,
      io.qtasks.v1.DrainWorkerResponse> getDrainWorkerMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.DrainWorkerRequest, io.qtasks.v1.DrainWorkerResponse> getDrainWorkerMethod;
    if ((getDrainWorkerMethod = WorkerServiceGrpc.getDrainWorkerMethod) == null) {
      synchronized (WorkerServiceGrpc.class) {
        if ((getDrainWorkerMethod = WorkerServiceGrpc.getDrainWorkerMethod) == null) {
          WorkerServiceGrpc.getDrainWorkerMethod = getDrainWorkerMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.DrainWorkerRequest, io.qtasks.v1.DrainWorkerResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "DrainWorker"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.DrainWorkerRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.DrainWorkerResponse.getDefaultInstance()))
              .setSchemaDescriptor(new WorkerServiceMethodDescriptorSupplier("DrainWorker"))
              .build();
        }
      }
    }
    return getDrainWorkerMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static WorkerServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<WorkerServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<WorkerServiceStub>() {
        @java.lang.Override
        public WorkerServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new WorkerServiceStub(channel, callOptions);
        }
      };
    return WorkerServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static WorkerServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<WorkerServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<WorkerServiceBlockingV2Stub>() {
        @java.lang.Override
        public WorkerServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new WorkerServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return WorkerServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static WorkerServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<WorkerServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<WorkerServiceBlockingStub>() {
        @java.lang.Override
        public WorkerServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new WorkerServiceBlockingStub(channel, callOptions);
        }
      };
    return WorkerServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static WorkerServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<WorkerServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<WorkerServiceFutureStub>() {
        @java.lang.Override
        public WorkerServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new WorkerServiceFutureStub(channel, callOptions);
        }
      };
    return WorkerServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * For workers in any language.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * One stream a worker process. The worker opens it with `hello`, the broker
     * answers `welcome` or ends the call with a status that says why not.
     * Each side sends everything that waits as one frame and never waits for more.
     * An empty frame is a heartbeat: the worker sends at least one every
     * `welcome.heartbeat`, and the broker does the same.
     * Leases belong to the worker's session, not to the stream. When the stream
     * breaks, the worker connects again, to any broker, with the same session and
     * the leases it still holds; tasks go on meanwhile. Frames that were not
     * acknowledged are sent again; repeated ones change nothing, because events are
     * numbered per lease and a lease settles once. What the broker says is not
     * resent but found again: `welcome` tells which leases stand, which of them
     * were cancelled, and which questions were answered.
     * The end of the stream without `goodbye` is taken for a crash: after a short
     * grace its leases end and the tasks go to others.
     * </pre>
     */
    default io.grpc.stub.StreamObserver<io.qtasks.v1.ConnectRequest> connect(
        io.grpc.stub.StreamObserver<io.qtasks.v1.ConnectResponse> responseObserver) {
      return io.grpc.stub.ServerCalls.asyncUnimplementedStreamingCall(getConnectMethod(), responseObserver);
    }

    /**
     * <pre>
     * For operators: let a worker take no more tasks, finish what it runs, and leave.
     * Answers when the worker was told; `ListWorkers` shows when it has left. NOT_FOUND
     * when no live worker has the id. Telling it again changes nothing.
     * </pre>
     */
    default void drainWorker(io.qtasks.v1.DrainWorkerRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.DrainWorkerResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getDrainWorkerMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service WorkerService.
   * <pre>
   * For workers in any language.
   * </pre>
   */
  public static abstract class WorkerServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return WorkerServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service WorkerService.
   * <pre>
   * For workers in any language.
   * </pre>
   */
  public static final class WorkerServiceStub
      extends io.grpc.stub.AbstractAsyncStub<WorkerServiceStub> {
    private WorkerServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected WorkerServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new WorkerServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * One stream a worker process. The worker opens it with `hello`, the broker
     * answers `welcome` or ends the call with a status that says why not.
     * Each side sends everything that waits as one frame and never waits for more.
     * An empty frame is a heartbeat: the worker sends at least one every
     * `welcome.heartbeat`, and the broker does the same.
     * Leases belong to the worker's session, not to the stream. When the stream
     * breaks, the worker connects again, to any broker, with the same session and
     * the leases it still holds; tasks go on meanwhile. Frames that were not
     * acknowledged are sent again; repeated ones change nothing, because events are
     * numbered per lease and a lease settles once. What the broker says is not
     * resent but found again: `welcome` tells which leases stand, which of them
     * were cancelled, and which questions were answered.
     * The end of the stream without `goodbye` is taken for a crash: after a short
     * grace its leases end and the tasks go to others.
     * </pre>
     */
    public io.grpc.stub.StreamObserver<io.qtasks.v1.ConnectRequest> connect(
        io.grpc.stub.StreamObserver<io.qtasks.v1.ConnectResponse> responseObserver) {
      return io.grpc.stub.ClientCalls.asyncBidiStreamingCall(
          getChannel().newCall(getConnectMethod(), getCallOptions()), responseObserver);
    }

    /**
     * <pre>
     * For operators: let a worker take no more tasks, finish what it runs, and leave.
     * Answers when the worker was told; `ListWorkers` shows when it has left. NOT_FOUND
     * when no live worker has the id. Telling it again changes nothing.
     * </pre>
     */
    public void drainWorker(io.qtasks.v1.DrainWorkerRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.DrainWorkerResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getDrainWorkerMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service WorkerService.
   * <pre>
   * For workers in any language.
   * </pre>
   */
  public static final class WorkerServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<WorkerServiceBlockingV2Stub> {
    private WorkerServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected WorkerServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new WorkerServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * One stream a worker process. The worker opens it with `hello`, the broker
     * answers `welcome` or ends the call with a status that says why not.
     * Each side sends everything that waits as one frame and never waits for more.
     * An empty frame is a heartbeat: the worker sends at least one every
     * `welcome.heartbeat`, and the broker does the same.
     * Leases belong to the worker's session, not to the stream. When the stream
     * breaks, the worker connects again, to any broker, with the same session and
     * the leases it still holds; tasks go on meanwhile. Frames that were not
     * acknowledged are sent again; repeated ones change nothing, because events are
     * numbered per lease and a lease settles once. What the broker says is not
     * resent but found again: `welcome` tells which leases stand, which of them
     * were cancelled, and which questions were answered.
     * The end of the stream without `goodbye` is taken for a crash: after a short
     * grace its leases end and the tasks go to others.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<io.qtasks.v1.ConnectRequest, io.qtasks.v1.ConnectResponse>
        connect() {
      return io.grpc.stub.ClientCalls.blockingBidiStreamingCall(
          getChannel(), getConnectMethod(), getCallOptions());
    }

    /**
     * <pre>
     * For operators: let a worker take no more tasks, finish what it runs, and leave.
     * Answers when the worker was told; `ListWorkers` shows when it has left. NOT_FOUND
     * when no live worker has the id. Telling it again changes nothing.
     * </pre>
     */
    public io.qtasks.v1.DrainWorkerResponse drainWorker(io.qtasks.v1.DrainWorkerRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getDrainWorkerMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service WorkerService.
   * <pre>
   * For workers in any language.
   * </pre>
   */
  public static final class WorkerServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<WorkerServiceBlockingStub> {
    private WorkerServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected WorkerServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new WorkerServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * For operators: let a worker take no more tasks, finish what it runs, and leave.
     * Answers when the worker was told; `ListWorkers` shows when it has left. NOT_FOUND
     * when no live worker has the id. Telling it again changes nothing.
     * </pre>
     */
    public io.qtasks.v1.DrainWorkerResponse drainWorker(io.qtasks.v1.DrainWorkerRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getDrainWorkerMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service WorkerService.
   * <pre>
   * For workers in any language.
   * </pre>
   */
  public static final class WorkerServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<WorkerServiceFutureStub> {
    private WorkerServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected WorkerServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new WorkerServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * For operators: let a worker take no more tasks, finish what it runs, and leave.
     * Answers when the worker was told; `ListWorkers` shows when it has left. NOT_FOUND
     * when no live worker has the id. Telling it again changes nothing.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.DrainWorkerResponse> drainWorker(
        io.qtasks.v1.DrainWorkerRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getDrainWorkerMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_DRAIN_WORKER = 0;
  private static final int METHODID_CONNECT = 1;

  private static final class MethodHandlers<Req, Resp> implements
      io.grpc.stub.ServerCalls.UnaryMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ServerStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.ClientStreamingMethod<Req, Resp>,
      io.grpc.stub.ServerCalls.BidiStreamingMethod<Req, Resp> {
    private final AsyncService serviceImpl;
    private final int methodId;

    MethodHandlers(AsyncService serviceImpl, int methodId) {
      this.serviceImpl = serviceImpl;
      this.methodId = methodId;
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public void invoke(Req request, io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_DRAIN_WORKER:
          serviceImpl.drainWorker((io.qtasks.v1.DrainWorkerRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.DrainWorkerResponse>) responseObserver);
          break;
        default:
          throw new AssertionError();
      }
    }

    @java.lang.Override
    @java.lang.SuppressWarnings("unchecked")
    public io.grpc.stub.StreamObserver<Req> invoke(
        io.grpc.stub.StreamObserver<Resp> responseObserver) {
      switch (methodId) {
        case METHODID_CONNECT:
          return (io.grpc.stub.StreamObserver<Req>) serviceImpl.connect(
              (io.grpc.stub.StreamObserver<io.qtasks.v1.ConnectResponse>) responseObserver);
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getConnectMethod(),
          io.grpc.stub.ServerCalls.asyncBidiStreamingCall(
            new MethodHandlers<
              io.qtasks.v1.ConnectRequest,
              io.qtasks.v1.ConnectResponse>(
                service, METHODID_CONNECT)))
        .addMethod(
          getDrainWorkerMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.DrainWorkerRequest,
              io.qtasks.v1.DrainWorkerResponse>(
                service, METHODID_DRAIN_WORKER)))
        .build();
  }

  private static abstract class WorkerServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    WorkerServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.qtasks.v1.WorkerServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("WorkerService");
    }
  }

  private static final class WorkerServiceFileDescriptorSupplier
      extends WorkerServiceBaseDescriptorSupplier {
    WorkerServiceFileDescriptorSupplier() {}
  }

  private static final class WorkerServiceMethodDescriptorSupplier
      extends WorkerServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    WorkerServiceMethodDescriptorSupplier(java.lang.String methodName) {
      this.methodName = methodName;
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.MethodDescriptor getMethodDescriptor() {
      return getServiceDescriptor().findMethodByName(methodName);
    }
  }

  private static volatile io.grpc.ServiceDescriptor serviceDescriptor;

  public static io.grpc.ServiceDescriptor getServiceDescriptor() {
    io.grpc.ServiceDescriptor result = serviceDescriptor;
    if (result == null) {
      synchronized (WorkerServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new WorkerServiceFileDescriptorSupplier())
              .addMethod(getConnectMethod())
              .addMethod(getDrainWorkerMethod())
              .build();
        }
      }
    }
    return result;
  }
}
