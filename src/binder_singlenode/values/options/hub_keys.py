"""Keys of the chart zero-to-jupyterhub 4.2.0, which is below `jupyterhub:` in the binderhub chart."""

KEYS = """
. cull:m custom:m debug:m enabled:b0 fullnameOverride:s0 global:m hub:m imagePullSecret:m imagePullSecrets:l
  ingress:m nameOverride:s0 prePuller:m proxy:m rbac:m scheduling:m singleuser:m
hub activeServerLimit:i0 allowNamedServers:b0 annotations:m args:l authenticatePrometheus:b0 baseUrl:s
  command:l concurrentSpawnLimit:i0 config:m consecutiveFailureLimit:i0 containerSecurityContext:m
  cookieSecret:s0 db:m deploymentStrategy:m existingSecret:s0 extraConfig:m extraContainers:l extraEnv:ml
  extraFiles:m extraPodSpec:m extraVolumeMounts:l extraVolumes:l fsGid:i0 image:m initContainers:l labels:m
  lifecycle:m livenessProbe:m loadRoles:m namedServerLimitPerUser:i0 networkPolicy:m nodeSelector:m pdb:m
  podSecurityContext:* readinessProbe:m redirectToServer:b0 resources:m revisionHistoryLimit:i0 service:m
  serviceAccount:m services:m shutdownOnLogout:b0 templatePaths:l templateVars:m tolerations:l
hub.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
hub.networkPolicy allowedIngressPorts:l egress:l egressAllowRules:m enabled:b ingress:l
  interNamespaceAccessLabels:=accept|ignore
hub.networkPolicy.egressAllowRules cloudMetadataServer:b dnsPortsCloudMetadataServer:b
  dnsPortsKubeSystemNamespace:b dnsPortsPrivateIPs:b nonPrivateIPs:b privateIPs:b
hub.db password:s0 pvc:m type:=sqlite-pvc|sqlite-memory|mysql|postgres|other upgrade:b0 url:s0
hub.db.pvc accessModes:l annotations:m selector:m storage:s storageClassName:s0 subPath:s0
hub.service annotations:m extraPorts:l loadBalancerIP:s0 ports:m
  type:=ClusterIP|NodePort|LoadBalancer|ExternalName
hub.service.ports appProtocol:s0 nodePort:i0
hub.pdb enabled:b maxUnavailable:i0 minAvailable:i0
hub.deploymentStrategy rollingUpdate:s0 type:s0
hub.lifecycle postStart:m preStop:m
hub.serviceAccount annotations:m create:b name:s0
proxy annotations:m chp:m deploymentStrategy:m https:m labels:m secretSync:m secretToken:s0 service:m
  traefik:m
proxy.chp containerSecurityContext:m defaultTarget:s0 errorTarget:s0 extraCommandLineFlags:l extraEnv:ml
  extraPodSpec:m image:m livenessProbe:m networkPolicy:m nodeSelector:m pdb:m readinessProbe:m resources:m
  revisionHistoryLimit:i0 tolerations:l
proxy.chp.networkPolicy allowedIngressPorts:l egress:l egressAllowRules:m enabled:b ingress:l
  interNamespaceAccessLabels:=accept|ignore
proxy.chp.networkPolicy.egressAllowRules cloudMetadataServer:b dnsPortsCloudMetadataServer:b
  dnsPortsKubeSystemNamespace:b dnsPortsPrivateIPs:b nonPrivateIPs:b privateIPs:b
proxy.chp.pdb enabled:b maxUnavailable:i0 minAvailable:i0
proxy.chp.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
proxy.service annotations:m disableHttpPort:b extraPorts:l labels:m loadBalancerIP:s0
  loadBalancerSourceRanges:l nodePorts:m type:=ClusterIP|NodePort|LoadBalancer|ExternalName
proxy.service.nodePorts http:i0 https:i0
proxy.https enabled:b0 hosts:l letsencrypt:m manual:m secret:m type:=letsencrypt|manual|offload|secret|
proxy.https.letsencrypt acmeServer:s0 contactEmail:s0
proxy.https.manual cert:s0 key:s0
proxy.https.secret crt:s0 key:s0 name:s0
proxy.traefik containerSecurityContext:m extraDynamicConfig:m extraEnv:ml extraInitContainers:l
  extraPodSpec:m extraPorts:l extraStaticConfig:m extraVolumeMounts:l extraVolumes:l hsts:m image:m labels:m
  networkPolicy:m nodeSelector:m pdb:m resources:m revisionHistoryLimit:i0 serviceAccount:m tolerations:l
proxy.traefik.networkPolicy allowedIngressPorts:l egress:l egressAllowRules:m enabled:b ingress:l
  interNamespaceAccessLabels:=accept|ignore
proxy.traefik.networkPolicy.egressAllowRules cloudMetadataServer:b dnsPortsCloudMetadataServer:b
  dnsPortsKubeSystemNamespace:b dnsPortsPrivateIPs:b nonPrivateIPs:b privateIPs:b
proxy.traefik.pdb enabled:b maxUnavailable:i0 minAvailable:i0
proxy.traefik.hsts includeSubdomains:b maxAge:i preload:b
proxy.traefik.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
proxy.traefik.serviceAccount annotations:m create:b name:s0
proxy.deploymentStrategy rollingUpdate:s0 type:s0
proxy.secretSync containerSecurityContext:m image:m resources:m
proxy.secretSync.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
singleuser allowPrivilegeEscalation:b0 cloudMetadata:m cmd:ls0 cpu:m defaultUrl:s0 events:b0
  extraAnnotations:m extraContainers:l extraEnv:ml extraFiles:m extraLabels:m extraNodeAffinity:m
  extraPodAffinity:m extraPodAntiAffinity:m extraPodConfig:m extraResource:m extraTolerations:l fsGid:i0
  image:m initContainers:l lifecycleHooks:m memory:m networkPolicy:m networkTools:m nodeSelector:m
  podNameTemplate:s0 profileList:l serviceAccountName:s0 startTimeout:i0 storage:m uid:i0
singleuser.networkPolicy allowedIngressPorts:l egress:l egressAllowRules:m enabled:b ingress:l
  interNamespaceAccessLabels:=accept|ignore
singleuser.networkPolicy.egressAllowRules cloudMetadataServer:b dnsPortsCloudMetadataServer:b
  dnsPortsKubeSystemNamespace:b dnsPortsPrivateIPs:b nonPrivateIPs:b privateIPs:b
singleuser.cpu guarantee:n0 limit:n0
singleuser.memory guarantee:ns0 limit:ns0
singleuser.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
singleuser.extraNodeAffinity preferred:l required:l
singleuser.extraPodAffinity preferred:l required:l
singleuser.extraPodAntiAffinity preferred:l required:l
singleuser.cloudMetadata blockWithIptables:b ip:s
singleuser.extraResource guarantees:m limits:m
singleuser.lifecycleHooks postStart:m preStop:m
singleuser.networkTools image:m resources:m
singleuser.networkTools.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
singleuser.storage capacity:s0 dynamic:m extraLabels:m extraVolumeMounts:l extraVolumes:l homeMountPath:s
  static:m type:=dynamic|static|none
singleuser.storage.dynamic pvcNameTemplate:s0 storageAccessModes:l storageClass:s0 subPath:s0
  volumeNameTemplate:s0
singleuser.storage.static pvcName:s0 subPath:s0
scheduling corePods:m podPriority:m userPlaceholder:m userPods:m userScheduler:m
scheduling.userScheduler annotations:m containerSecurityContext:m enabled:b extraPodSpec:m image:m labels:m
  logLevel:i nodeSelector:m pdb:m pluginConfig:l plugins:m replicas:i resources:m revisionHistoryLimit:i0
  serviceAccount:m tolerations:l
scheduling.userScheduler.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
scheduling.userScheduler.pdb enabled:b maxUnavailable:i0 minAvailable:i0
scheduling.userScheduler.serviceAccount annotations:m create:b name:s0
scheduling.podPriority defaultPriority:i enabled:b globalDefault:b imagePullerPriority:i
  userPlaceholderPriority:i
scheduling.userPlaceholder annotations:m containerSecurityContext:m enabled:b extraPodSpec:m image:m
  labels:m replicas:i resources:m revisionHistoryLimit:i0
scheduling.userPlaceholder.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
scheduling.corePods nodeAffinity:m tolerations:l
scheduling.corePods.nodeAffinity matchNodePurpose:=ignore|prefer|require
scheduling.userPods nodeAffinity:m tolerations:l
scheduling.userPods.nodeAffinity matchNodePurpose:=ignore|prefer|require
ingress annotations:m enabled:b extraPaths:l hosts:l ingressClassName:s0 pathSuffix:s0
  pathType:=Prefix|Exact|ImplementationSpecific tls:l
prePuller annotations:m containerSecurityContext:m continuous:m extraImages:m extraTolerations:l hook:m
  labels:m pause:m pullProfileListImages:b resources:m revisionHistoryLimit:i0
prePuller.hook containerSecurityContext:m enabled:b image:m nodeSelector:m podSchedulingWaitDuration:i
  pullOnlyOnChanges:b resources:m serviceAccount:m serviceAccountImagePuller:m tolerations:l
prePuller.hook.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
prePuller.hook.serviceAccount annotations:m create:b name:s0
prePuller.hook.serviceAccountImagePuller annotations:m create:b name:s0
prePuller.continuous enabled:b serviceAccount:m
prePuller.continuous.serviceAccount annotations:m create:b name:s0
prePuller.pause containerSecurityContext:m image:m
prePuller.pause.image name:s pullPolicy:=IfNotPresent|Always|Never| pullSecrets:l tag:s
cull adminUsers:b0 concurrency:i0 enabled:b every:i0 maxAge:i0 removeNamedServers:b0 timeout:i0 users:b0
debug enabled:b
rbac create:b enabled:b
"""
"""One line for each section: its path, and its keys with the codes of charts.py."""
