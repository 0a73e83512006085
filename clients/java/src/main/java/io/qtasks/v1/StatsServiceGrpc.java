package io.qtasks.v1;

import static io.grpc.MethodDescriptor.generateFullMethodName;

/**
 * <pre>
 * For dashboards and operators. Reads only.
 * </pre>
 */
@io.grpc.stub.annotations.GrpcGenerated
public final class StatsServiceGrpc {

  private StatsServiceGrpc() {}

  public static final java.lang.String SERVICE_NAME = "qtasks.v1.StatsService";

  // Static method descriptors that strictly reflect the proto.
  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.GetStatsRequest,
      io.qtasks.v1.GetStatsResponse> getGetStatsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "GetStats",
      requestType = io.qtasks.v1.GetStatsRequest.class,
      responseType = io.qtasks.v1.GetStatsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.GetStatsRequest,
      io.qtasks.v1.GetStatsResponse> getGetStatsMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.GetStatsRequest, io.qtasks.v1.GetStatsResponse> getGetStatsMethod;
    if ((getGetStatsMethod = StatsServiceGrpc.getGetStatsMethod) == null) {
      synchronized (StatsServiceGrpc.class) {
        if ((getGetStatsMethod = StatsServiceGrpc.getGetStatsMethod) == null) {
          StatsServiceGrpc.getGetStatsMethod = getGetStatsMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.GetStatsRequest, io.qtasks.v1.GetStatsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "GetStats"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.GetStatsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.GetStatsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new StatsServiceMethodDescriptorSupplier("GetStats"))
              .build();
        }
      }
    }
    return getGetStatsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.WatchStatsRequest,
      io.qtasks.v1.WatchStatsResponse> getWatchStatsMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "WatchStats",
      requestType = io.qtasks.v1.WatchStatsRequest.class,
      responseType = io.qtasks.v1.WatchStatsResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.WatchStatsRequest,
      io.qtasks.v1.WatchStatsResponse> getWatchStatsMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.WatchStatsRequest, io.qtasks.v1.WatchStatsResponse> getWatchStatsMethod;
    if ((getWatchStatsMethod = StatsServiceGrpc.getWatchStatsMethod) == null) {
      synchronized (StatsServiceGrpc.class) {
        if ((getWatchStatsMethod = StatsServiceGrpc.getWatchStatsMethod) == null) {
          StatsServiceGrpc.getWatchStatsMethod = getWatchStatsMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.WatchStatsRequest, io.qtasks.v1.WatchStatsResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "WatchStats"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.WatchStatsRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.WatchStatsResponse.getDefaultInstance()))
              .setSchemaDescriptor(new StatsServiceMethodDescriptorSupplier("WatchStats"))
              .build();
        }
      }
    }
    return getWatchStatsMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.ListWorkersRequest,
      io.qtasks.v1.ListWorkersResponse> getListWorkersMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "ListWorkers",
      requestType = io.qtasks.v1.ListWorkersRequest.class,
      responseType = io.qtasks.v1.ListWorkersResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.ListWorkersRequest,
      io.qtasks.v1.ListWorkersResponse> getListWorkersMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.ListWorkersRequest, io.qtasks.v1.ListWorkersResponse> getListWorkersMethod;
    if ((getListWorkersMethod = StatsServiceGrpc.getListWorkersMethod) == null) {
      synchronized (StatsServiceGrpc.class) {
        if ((getListWorkersMethod = StatsServiceGrpc.getListWorkersMethod) == null) {
          StatsServiceGrpc.getListWorkersMethod = getListWorkersMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.ListWorkersRequest, io.qtasks.v1.ListWorkersResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "ListWorkers"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ListWorkersRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.ListWorkersResponse.getDefaultInstance()))
              .setSchemaDescriptor(new StatsServiceMethodDescriptorSupplier("ListWorkers"))
              .build();
        }
      }
    }
    return getListWorkersMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.InspectAppRequest,
      io.qtasks.v1.InspectAppResponse> getInspectAppMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "InspectApp",
      requestType = io.qtasks.v1.InspectAppRequest.class,
      responseType = io.qtasks.v1.InspectAppResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.InspectAppRequest,
      io.qtasks.v1.InspectAppResponse> getInspectAppMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.InspectAppRequest, io.qtasks.v1.InspectAppResponse> getInspectAppMethod;
    if ((getInspectAppMethod = StatsServiceGrpc.getInspectAppMethod) == null) {
      synchronized (StatsServiceGrpc.class) {
        if ((getInspectAppMethod = StatsServiceGrpc.getInspectAppMethod) == null) {
          StatsServiceGrpc.getInspectAppMethod = getInspectAppMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.InspectAppRequest, io.qtasks.v1.InspectAppResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "InspectApp"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.InspectAppRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.InspectAppResponse.getDefaultInstance()))
              .setSchemaDescriptor(new StatsServiceMethodDescriptorSupplier("InspectApp"))
              .build();
        }
      }
    }
    return getInspectAppMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.InspectTaskRequest,
      io.qtasks.v1.InspectTaskResponse> getInspectTaskMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "InspectTask",
      requestType = io.qtasks.v1.InspectTaskRequest.class,
      responseType = io.qtasks.v1.InspectTaskResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.InspectTaskRequest,
      io.qtasks.v1.InspectTaskResponse> getInspectTaskMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.InspectTaskRequest, io.qtasks.v1.InspectTaskResponse> getInspectTaskMethod;
    if ((getInspectTaskMethod = StatsServiceGrpc.getInspectTaskMethod) == null) {
      synchronized (StatsServiceGrpc.class) {
        if ((getInspectTaskMethod = StatsServiceGrpc.getInspectTaskMethod) == null) {
          StatsServiceGrpc.getInspectTaskMethod = getInspectTaskMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.InspectTaskRequest, io.qtasks.v1.InspectTaskResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "InspectTask"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.InspectTaskRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.InspectTaskResponse.getDefaultInstance()))
              .setSchemaDescriptor(new StatsServiceMethodDescriptorSupplier("InspectTask"))
              .build();
        }
      }
    }
    return getInspectTaskMethod;
  }

  private static volatile io.grpc.MethodDescriptor<io.qtasks.v1.InspectTasksRequest,
      io.qtasks.v1.InspectTasksResponse> getInspectTasksMethod;

  @io.grpc.stub.annotations.RpcMethod(
      fullMethodName = SERVICE_NAME + '/' + "InspectTasks",
      requestType = io.qtasks.v1.InspectTasksRequest.class,
      responseType = io.qtasks.v1.InspectTasksResponse.class,
      methodType = io.grpc.MethodDescriptor.MethodType.UNARY)
  public static io.grpc.MethodDescriptor<io.qtasks.v1.InspectTasksRequest,
      io.qtasks.v1.InspectTasksResponse> getInspectTasksMethod() {
    io.grpc.MethodDescriptor<io.qtasks.v1.InspectTasksRequest, io.qtasks.v1.InspectTasksResponse> getInspectTasksMethod;
    if ((getInspectTasksMethod = StatsServiceGrpc.getInspectTasksMethod) == null) {
      synchronized (StatsServiceGrpc.class) {
        if ((getInspectTasksMethod = StatsServiceGrpc.getInspectTasksMethod) == null) {
          StatsServiceGrpc.getInspectTasksMethod = getInspectTasksMethod =
              io.grpc.MethodDescriptor.<io.qtasks.v1.InspectTasksRequest, io.qtasks.v1.InspectTasksResponse>newBuilder()
              .setType(io.grpc.MethodDescriptor.MethodType.UNARY)
              .setFullMethodName(generateFullMethodName(SERVICE_NAME, "InspectTasks"))
              .setSampledToLocalTracing(true)
              .setRequestMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.InspectTasksRequest.getDefaultInstance()))
              .setResponseMarshaller(io.grpc.protobuf.ProtoUtils.marshaller(
                  io.qtasks.v1.InspectTasksResponse.getDefaultInstance()))
              .setSchemaDescriptor(new StatsServiceMethodDescriptorSupplier("InspectTasks"))
              .build();
        }
      }
    }
    return getInspectTasksMethod;
  }

  /**
   * Creates a new async stub that supports all call types for the service
   */
  public static StatsServiceStub newStub(io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<StatsServiceStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<StatsServiceStub>() {
        @java.lang.Override
        public StatsServiceStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new StatsServiceStub(channel, callOptions);
        }
      };
    return StatsServiceStub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports all types of calls on the service
   */
  public static StatsServiceBlockingV2Stub newBlockingV2Stub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<StatsServiceBlockingV2Stub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<StatsServiceBlockingV2Stub>() {
        @java.lang.Override
        public StatsServiceBlockingV2Stub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new StatsServiceBlockingV2Stub(channel, callOptions);
        }
      };
    return StatsServiceBlockingV2Stub.newStub(factory, channel);
  }

  /**
   * Creates a new blocking-style stub that supports unary and streaming output calls on the service
   */
  public static StatsServiceBlockingStub newBlockingStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<StatsServiceBlockingStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<StatsServiceBlockingStub>() {
        @java.lang.Override
        public StatsServiceBlockingStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new StatsServiceBlockingStub(channel, callOptions);
        }
      };
    return StatsServiceBlockingStub.newStub(factory, channel);
  }

  /**
   * Creates a new ListenableFuture-style stub that supports unary calls on the service
   */
  public static StatsServiceFutureStub newFutureStub(
      io.grpc.Channel channel) {
    io.grpc.stub.AbstractStub.StubFactory<StatsServiceFutureStub> factory =
      new io.grpc.stub.AbstractStub.StubFactory<StatsServiceFutureStub>() {
        @java.lang.Override
        public StatsServiceFutureStub newStub(io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
          return new StatsServiceFutureStub(channel, callOptions);
        }
      };
    return StatsServiceFutureStub.newStub(factory, channel);
  }

  /**
   * <pre>
   * For dashboards and operators. Reads only.
   * </pre>
   */
  public interface AsyncService {

    /**
     * <pre>
     * Figures of an app now.
     * </pre>
     */
    default void getStats(io.qtasks.v1.GetStatsRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.GetStatsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getGetStatsMethod(), responseObserver);
    }

    /**
     * <pre>
     * The same, again and again until the caller ends it.
     * </pre>
     */
    default void watchStats(io.qtasks.v1.WatchStatsRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.WatchStatsResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getWatchStatsMethod(), responseObserver);
    }

    /**
     * <pre>
     * The live workers of an app, in pages.
     * </pre>
     */
    default void listWorkers(io.qtasks.v1.ListWorkersRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.ListWorkersResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getListWorkersMethod(), responseObserver);
    }

    /**
     * <pre>
     * What is known of an app: answered from the registry, with or without a live
     * worker.
     * </pre>
     */
    default void inspectApp(io.qtasks.v1.InspectAppRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.InspectAppResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getInspectAppMethod(), responseObserver);
    }

    /**
     * <pre>
     * What is known of one task; NOT_FOUND when no worker ever registered it.
     * </pre>
     */
    default void inspectTask(io.qtasks.v1.InspectTaskRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.InspectTaskResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getInspectTaskMethod(), responseObserver);
    }

    /**
     * <pre>
     * What is known of several tasks, or of all, in pages.
     * </pre>
     */
    default void inspectTasks(io.qtasks.v1.InspectTasksRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.InspectTasksResponse> responseObserver) {
      io.grpc.stub.ServerCalls.asyncUnimplementedUnaryCall(getInspectTasksMethod(), responseObserver);
    }
  }

  /**
   * Base class for the server implementation of the service StatsService.
   * <pre>
   * For dashboards and operators. Reads only.
   * </pre>
   */
  public static abstract class StatsServiceImplBase
      implements io.grpc.BindableService, AsyncService {

    @java.lang.Override public final io.grpc.ServerServiceDefinition bindService() {
      return StatsServiceGrpc.bindService(this);
    }
  }

  /**
   * A stub to allow clients to do asynchronous rpc calls to service StatsService.
   * <pre>
   * For dashboards and operators. Reads only.
   * </pre>
   */
  public static final class StatsServiceStub
      extends io.grpc.stub.AbstractAsyncStub<StatsServiceStub> {
    private StatsServiceStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected StatsServiceStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new StatsServiceStub(channel, callOptions);
    }

    /**
     * <pre>
     * Figures of an app now.
     * </pre>
     */
    public void getStats(io.qtasks.v1.GetStatsRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.GetStatsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getGetStatsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The same, again and again until the caller ends it.
     * </pre>
     */
    public void watchStats(io.qtasks.v1.WatchStatsRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.WatchStatsResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncServerStreamingCall(
          getChannel().newCall(getWatchStatsMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * The live workers of an app, in pages.
     * </pre>
     */
    public void listWorkers(io.qtasks.v1.ListWorkersRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.ListWorkersResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getListWorkersMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * What is known of an app: answered from the registry, with or without a live
     * worker.
     * </pre>
     */
    public void inspectApp(io.qtasks.v1.InspectAppRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.InspectAppResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getInspectAppMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * What is known of one task; NOT_FOUND when no worker ever registered it.
     * </pre>
     */
    public void inspectTask(io.qtasks.v1.InspectTaskRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.InspectTaskResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getInspectTaskMethod(), getCallOptions()), request, responseObserver);
    }

    /**
     * <pre>
     * What is known of several tasks, or of all, in pages.
     * </pre>
     */
    public void inspectTasks(io.qtasks.v1.InspectTasksRequest request,
        io.grpc.stub.StreamObserver<io.qtasks.v1.InspectTasksResponse> responseObserver) {
      io.grpc.stub.ClientCalls.asyncUnaryCall(
          getChannel().newCall(getInspectTasksMethod(), getCallOptions()), request, responseObserver);
    }
  }

  /**
   * A stub to allow clients to do synchronous rpc calls to service StatsService.
   * <pre>
   * For dashboards and operators. Reads only.
   * </pre>
   */
  public static final class StatsServiceBlockingV2Stub
      extends io.grpc.stub.AbstractBlockingStub<StatsServiceBlockingV2Stub> {
    private StatsServiceBlockingV2Stub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected StatsServiceBlockingV2Stub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new StatsServiceBlockingV2Stub(channel, callOptions);
    }

    /**
     * <pre>
     * Figures of an app now.
     * </pre>
     */
    public io.qtasks.v1.GetStatsResponse getStats(io.qtasks.v1.GetStatsRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getGetStatsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The same, again and again until the caller ends it.
     * </pre>
     */
    @io.grpc.ExperimentalApi("https://github.com/grpc/grpc-java/issues/10918")
    public io.grpc.stub.BlockingClientCall<?, io.qtasks.v1.WatchStatsResponse>
        watchStats(io.qtasks.v1.WatchStatsRequest request) {
      return io.grpc.stub.ClientCalls.blockingV2ServerStreamingCall(
          getChannel(), getWatchStatsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The live workers of an app, in pages.
     * </pre>
     */
    public io.qtasks.v1.ListWorkersResponse listWorkers(io.qtasks.v1.ListWorkersRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getListWorkersMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What is known of an app: answered from the registry, with or without a live
     * worker.
     * </pre>
     */
    public io.qtasks.v1.InspectAppResponse inspectApp(io.qtasks.v1.InspectAppRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getInspectAppMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What is known of one task; NOT_FOUND when no worker ever registered it.
     * </pre>
     */
    public io.qtasks.v1.InspectTaskResponse inspectTask(io.qtasks.v1.InspectTaskRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getInspectTaskMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What is known of several tasks, or of all, in pages.
     * </pre>
     */
    public io.qtasks.v1.InspectTasksResponse inspectTasks(io.qtasks.v1.InspectTasksRequest request) throws io.grpc.StatusException {
      return io.grpc.stub.ClientCalls.blockingV2UnaryCall(
          getChannel(), getInspectTasksMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do limited synchronous rpc calls to service StatsService.
   * <pre>
   * For dashboards and operators. Reads only.
   * </pre>
   */
  public static final class StatsServiceBlockingStub
      extends io.grpc.stub.AbstractBlockingStub<StatsServiceBlockingStub> {
    private StatsServiceBlockingStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected StatsServiceBlockingStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new StatsServiceBlockingStub(channel, callOptions);
    }

    /**
     * <pre>
     * Figures of an app now.
     * </pre>
     */
    public io.qtasks.v1.GetStatsResponse getStats(io.qtasks.v1.GetStatsRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getGetStatsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The same, again and again until the caller ends it.
     * </pre>
     */
    public java.util.Iterator<io.qtasks.v1.WatchStatsResponse> watchStats(
        io.qtasks.v1.WatchStatsRequest request) {
      return io.grpc.stub.ClientCalls.blockingServerStreamingCall(
          getChannel(), getWatchStatsMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * The live workers of an app, in pages.
     * </pre>
     */
    public io.qtasks.v1.ListWorkersResponse listWorkers(io.qtasks.v1.ListWorkersRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getListWorkersMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What is known of an app: answered from the registry, with or without a live
     * worker.
     * </pre>
     */
    public io.qtasks.v1.InspectAppResponse inspectApp(io.qtasks.v1.InspectAppRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getInspectAppMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What is known of one task; NOT_FOUND when no worker ever registered it.
     * </pre>
     */
    public io.qtasks.v1.InspectTaskResponse inspectTask(io.qtasks.v1.InspectTaskRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getInspectTaskMethod(), getCallOptions(), request);
    }

    /**
     * <pre>
     * What is known of several tasks, or of all, in pages.
     * </pre>
     */
    public io.qtasks.v1.InspectTasksResponse inspectTasks(io.qtasks.v1.InspectTasksRequest request) {
      return io.grpc.stub.ClientCalls.blockingUnaryCall(
          getChannel(), getInspectTasksMethod(), getCallOptions(), request);
    }
  }

  /**
   * A stub to allow clients to do ListenableFuture-style rpc calls to service StatsService.
   * <pre>
   * For dashboards and operators. Reads only.
   * </pre>
   */
  public static final class StatsServiceFutureStub
      extends io.grpc.stub.AbstractFutureStub<StatsServiceFutureStub> {
    private StatsServiceFutureStub(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      super(channel, callOptions);
    }

    @java.lang.Override
    protected StatsServiceFutureStub build(
        io.grpc.Channel channel, io.grpc.CallOptions callOptions) {
      return new StatsServiceFutureStub(channel, callOptions);
    }

    /**
     * <pre>
     * Figures of an app now.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.GetStatsResponse> getStats(
        io.qtasks.v1.GetStatsRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getGetStatsMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * The live workers of an app, in pages.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.ListWorkersResponse> listWorkers(
        io.qtasks.v1.ListWorkersRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getListWorkersMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * What is known of an app: answered from the registry, with or without a live
     * worker.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.InspectAppResponse> inspectApp(
        io.qtasks.v1.InspectAppRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getInspectAppMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * What is known of one task; NOT_FOUND when no worker ever registered it.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.InspectTaskResponse> inspectTask(
        io.qtasks.v1.InspectTaskRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getInspectTaskMethod(), getCallOptions()), request);
    }

    /**
     * <pre>
     * What is known of several tasks, or of all, in pages.
     * </pre>
     */
    public com.google.common.util.concurrent.ListenableFuture<io.qtasks.v1.InspectTasksResponse> inspectTasks(
        io.qtasks.v1.InspectTasksRequest request) {
      return io.grpc.stub.ClientCalls.futureUnaryCall(
          getChannel().newCall(getInspectTasksMethod(), getCallOptions()), request);
    }
  }

  private static final int METHODID_GET_STATS = 0;
  private static final int METHODID_WATCH_STATS = 1;
  private static final int METHODID_LIST_WORKERS = 2;
  private static final int METHODID_INSPECT_APP = 3;
  private static final int METHODID_INSPECT_TASK = 4;
  private static final int METHODID_INSPECT_TASKS = 5;

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
        case METHODID_GET_STATS:
          serviceImpl.getStats((io.qtasks.v1.GetStatsRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.GetStatsResponse>) responseObserver);
          break;
        case METHODID_WATCH_STATS:
          serviceImpl.watchStats((io.qtasks.v1.WatchStatsRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.WatchStatsResponse>) responseObserver);
          break;
        case METHODID_LIST_WORKERS:
          serviceImpl.listWorkers((io.qtasks.v1.ListWorkersRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.ListWorkersResponse>) responseObserver);
          break;
        case METHODID_INSPECT_APP:
          serviceImpl.inspectApp((io.qtasks.v1.InspectAppRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.InspectAppResponse>) responseObserver);
          break;
        case METHODID_INSPECT_TASK:
          serviceImpl.inspectTask((io.qtasks.v1.InspectTaskRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.InspectTaskResponse>) responseObserver);
          break;
        case METHODID_INSPECT_TASKS:
          serviceImpl.inspectTasks((io.qtasks.v1.InspectTasksRequest) request,
              (io.grpc.stub.StreamObserver<io.qtasks.v1.InspectTasksResponse>) responseObserver);
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
        default:
          throw new AssertionError();
      }
    }
  }

  public static final io.grpc.ServerServiceDefinition bindService(AsyncService service) {
    return io.grpc.ServerServiceDefinition.builder(getServiceDescriptor())
        .addMethod(
          getGetStatsMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.GetStatsRequest,
              io.qtasks.v1.GetStatsResponse>(
                service, METHODID_GET_STATS)))
        .addMethod(
          getWatchStatsMethod(),
          io.grpc.stub.ServerCalls.asyncServerStreamingCall(
            new MethodHandlers<
              io.qtasks.v1.WatchStatsRequest,
              io.qtasks.v1.WatchStatsResponse>(
                service, METHODID_WATCH_STATS)))
        .addMethod(
          getListWorkersMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.ListWorkersRequest,
              io.qtasks.v1.ListWorkersResponse>(
                service, METHODID_LIST_WORKERS)))
        .addMethod(
          getInspectAppMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.InspectAppRequest,
              io.qtasks.v1.InspectAppResponse>(
                service, METHODID_INSPECT_APP)))
        .addMethod(
          getInspectTaskMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.InspectTaskRequest,
              io.qtasks.v1.InspectTaskResponse>(
                service, METHODID_INSPECT_TASK)))
        .addMethod(
          getInspectTasksMethod(),
          io.grpc.stub.ServerCalls.asyncUnaryCall(
            new MethodHandlers<
              io.qtasks.v1.InspectTasksRequest,
              io.qtasks.v1.InspectTasksResponse>(
                service, METHODID_INSPECT_TASKS)))
        .build();
  }

  private static abstract class StatsServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoFileDescriptorSupplier, io.grpc.protobuf.ProtoServiceDescriptorSupplier {
    StatsServiceBaseDescriptorSupplier() {}

    @java.lang.Override
    public com.google.protobuf.Descriptors.FileDescriptor getFileDescriptor() {
      return io.qtasks.v1.StatsServiceOuterClass.getDescriptor();
    }

    @java.lang.Override
    public com.google.protobuf.Descriptors.ServiceDescriptor getServiceDescriptor() {
      return getFileDescriptor().findServiceByName("StatsService");
    }
  }

  private static final class StatsServiceFileDescriptorSupplier
      extends StatsServiceBaseDescriptorSupplier {
    StatsServiceFileDescriptorSupplier() {}
  }

  private static final class StatsServiceMethodDescriptorSupplier
      extends StatsServiceBaseDescriptorSupplier
      implements io.grpc.protobuf.ProtoMethodDescriptorSupplier {
    private final java.lang.String methodName;

    StatsServiceMethodDescriptorSupplier(java.lang.String methodName) {
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
      synchronized (StatsServiceGrpc.class) {
        result = serviceDescriptor;
        if (result == null) {
          serviceDescriptor = result = io.grpc.ServiceDescriptor.newBuilder(SERVICE_NAME)
              .setSchemaDescriptor(new StatsServiceFileDescriptorSupplier())
              .addMethod(getGetStatsMethod())
              .addMethod(getWatchStatsMethod())
              .addMethod(getListWorkersMethod())
              .addMethod(getInspectAppMethod())
              .addMethod(getInspectTaskMethod())
              .addMethod(getInspectTasksMethod())
              .build();
        }
      }
    }
    return result;
  }
}
